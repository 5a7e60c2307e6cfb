// HectorPlugin
