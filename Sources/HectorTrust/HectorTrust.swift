// HectorTrust
