// HectorAPI
