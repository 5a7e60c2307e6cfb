// HectorDiscovery
