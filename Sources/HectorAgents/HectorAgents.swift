// HectorAgents
