package main

import (
	"context"

	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hector/plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// common has the five methods that every provider has; a provider overrides those that do more.
type common struct {
	manifest *plugin.ManifestResponse
}

func (c *common) Initialize(context.Context, *plugin.InitializeRequest) (*plugin.InitializeResponse, error) {
	return &plugin.InitializeResponse{Success: true}, nil
}

func (c *common) Shutdown(context.Context, *plugin.ShutdownRequest) (*plugin.ShutdownResponse, error) {
	return &plugin.ShutdownResponse{Success: true}, nil
}

func (c *common) Health(context.Context, *plugin.HealthRequest) (*plugin.HealthResponse, error) {
	return &plugin.HealthResponse{Healthy: true}, nil
}

func (c *common) GetManifest(context.Context, *plugin.ManifestRequest) (*plugin.ManifestResponse, error) {
	return c.manifest, nil
}

func (c *common) GetStatus(context.Context, *plugin.StatusRequest) (*plugin.StatusResponse, error) {
	return &plugin.StatusResponse{Status: "ready"}, nil
}

// offered tells go-plugin how to offer a provider.
type offered struct {
	goplugin.NetRPCUnsupportedPlugin
	register func(*grpc.Server)
}

func (o *offered) GRPCServer(_ *goplugin.GRPCBroker, server *grpc.Server) error {
	o.register(server)
	return nil
}

func (o *offered) GRPCClient(context.Context, *goplugin.GRPCBroker, *grpc.ClientConn) (interface{}, error) {
	return nil, status.Error(codes.Unimplemented, "this program is a plugin, not a host")
}

// serve does the handshake, AutoMTLS, health and shutdown, and returns when the host has asked the plugin to stop.
func serve(kind string, register func(*grpc.Server)) {
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: goplugin.HandshakeConfig{
			ProtocolVersion: 1, MagicCookieKey: "HECTOR_PLUGIN", MagicCookieValue: "hector_plugin_v1",
		},
		Plugins:    goplugin.PluginSet{kind: &offered{register: register}},
		GRPCServer: goplugin.DefaultGRPCServer,
	})
}
