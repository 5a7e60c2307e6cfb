// Untried, as the other go.mod.
module github.com/hector/plugin

go 1.19
