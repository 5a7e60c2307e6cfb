// HectorPlugins
