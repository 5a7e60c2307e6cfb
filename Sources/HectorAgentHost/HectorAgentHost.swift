// HectorAgentHost
