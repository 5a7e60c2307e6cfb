// HectorYAML
