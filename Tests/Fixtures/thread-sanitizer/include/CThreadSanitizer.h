// Nothing to call: who links this target is seen in whole by ThreadSanitizer. See hand-overs.c.
