// Untried: for a build with Go modules, `go mod tidy && go build`. The script `build` does not read it.
module my-plugin

go 1.19

require (
	github.com/hashicorp/go-plugin v1.4.8
	github.com/hector/plugin v0.0.0
	google.golang.org/grpc v1.38.0
)

replace github.com/hector/plugin => ./src/github.com/hector/plugin
