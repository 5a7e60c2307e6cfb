// HectorConfig
