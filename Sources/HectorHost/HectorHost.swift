// HectorHost
