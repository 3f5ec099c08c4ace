package client

import (
	"context"
	"crypto/tls"
	"errors"
	"iter"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/fanout/fanout/runtime/go/fanoutv1"
	"github.com/fanout/fanout/runtime/go/wire"
)

// Options are those of a client. What is absent has a usual value.
type Options struct {
	// Address is `host:port` of a state manager, `127.0.0.1:7600` if absent.
	Address string
	// Addresses are several of them, in place of Address: the client begins with any, and goes on to the next one when it does
	// not answer.
	Addresses []string
	// Namespace is the tenant; that of the token, else `default`, if absent.
	Namespace string
	// Token is a bearer token, as the state manager wants one.
	Token string
	// TLS is nil without TLS; TLSFiles reads one.
	TLS *tls.Config
}

// Client stores graphs, starts runs and tells how they stand.
//
// All runs that are started or awaited share one stream, so thousands at once cost little. Errors are *Error; one call to a state
// manager takes at most 30 seconds. Lists are read page by page, as they are looped over; an error is the last thing that they
// give. A client may be used by many goroutines at once.
type Client struct {
	services *services
	calls    *runCalls
}

// New makes a client, which connects with the first call.
func New(options Options) (*Client, error) {
	addresses, err := wire.ChooseAddresses(options.Address, options.Addresses)
	if err != nil {
		return nil, err
	}
	credentials := wire.Credentials{Token: options.Token, TLS: options.TLS}
	if err := wire.CheckCredentials(credentials); err != nil {
		return nil, err
	}
	services := newServices(addresses, credentials, options.Namespace)
	return &Client{services, newRunCalls(services)}, nil
}

// Close ends the connection, with every call and watch. Harmless twice.
func (c *Client) Close() error {
	c.calls.stop()
	return c.services.close()
}

// Upsert stores a graph; one that equals its newest version changes nothing. The error is GraphInvalid, with all that is wrong
// as violations.
func (c *Client) Upsert(ctx context.Context, graph Graph) (StoredGraph, error) {
	template, err := graph.UploadedTemplate()
	if err != nil {
		return StoredGraph{}, err
	}
	request := &fanoutv1.UpsertGraphRequest{Namespace: c.services.namespace, Name: graph.GraphName(), TemplateJson: template}
	answer, err := callUnary(ctx, c.services, fanoutv1.NewGraphServiceClient, fanoutv1.GraphServiceClient.UpsertGraph, request)
	return StoredGraph{answer.GetGraph().GetVersion(), answer.GetCreated(), each(answer.GetWarnings(), readViolation)}, err
}

// Assumptions are those of an estimate.
type Assumptions struct {
	// Widths are outputs of each execution of a place, by identifier, 1 if absent.
	Widths map[string]int64
	// OutputBytes are JSON of each output, 1,000 if absent.
	OutputBytes int64
}

// Validate checks a graph as Upsert does, stores nothing, and tells what a run of it would take: a dry run.
func (c *Client) Validate(ctx context.Context, graph Graph, assumptions ...Assumptions) (GraphCheck, error) {
	template, err := graph.UploadedTemplate()
	if err != nil {
		return GraphCheck{}, err
	}
	request := &fanoutv1.ValidateGraphRequest{Namespace: c.services.namespace, Name: graph.GraphName(), TemplateJson: template}
	if len(assumptions) > 0 {
		request.AssumedWidths, request.AssumedOutputBytes = assumptions[0].Widths, assumptions[0].OutputBytes
	}
	answer, err := callUnary(ctx, c.services, fanoutv1.NewGraphServiceClient, fanoutv1.GraphServiceClient.ValidateGraph, request)
	return GraphCheck{
		Violations: each(answer.GetViolations(), readViolation),
		Warnings:   each(answer.GetWarnings(), readViolation),
		Estimate:   readEstimate(answer.GetEstimate()),
	}, err
}

// Graph reads a stored graph; version 0 is the newest. The error is GraphNotFound if there is none.
func (c *Client) Graph(ctx context.Context, name string, version int64) (GraphVersion, error) {
	request := &fanoutv1.GetGraphRequest{Namespace: c.services.namespace, Name: name, Version: version}
	answer, err := callUnary(ctx, c.services, fanoutv1.NewGraphServiceClient, fanoutv1.GraphServiceClient.GetGraph, request)
	return readGraph(answer.GetGraph()), err
}

// Graphs gives the newest version of each graph, by name.
func (c *Client) Graphs(ctx context.Context) iter.Seq2[GraphVersion, error] {
	return list(func(size int32, token string) ([]*fanoutv1.Graph, string, error) {
		request := &fanoutv1.ListGraphsRequest{Namespace: c.services.namespace, PageSize: size, PageToken: token}
		page, err := callUnary(ctx, c.services, fanoutv1.NewGraphServiceClient, fanoutv1.GraphServiceClient.ListGraphs, request)
		return page.GetGraphs(), page.GetNextPageToken(), err
	}, readGraph)
}

// DeleteGraph deletes a graph with all its versions, and says how many there were; runs that have ended stay. The error is
// GraphInUse if it has runs that have not ended, or GraphNotFound.
func (c *Client) DeleteGraph(ctx context.Context, name string) (int64, error) {
	request := &fanoutv1.DeleteGraphRequest{Namespace: c.services.namespace, Name: name}
	answer, err := callUnary(ctx, c.services, fanoutv1.NewGraphServiceClient, fanoutv1.GraphServiceClient.DeleteGraph, request)
	return answer.GetVersions(), err
}

// Nodes are those that runtimes have offered, by name.
func (c *Client) Nodes(ctx context.Context) iter.Seq2[RegisteredNode, error] {
	return list(func(size int32, token string) ([]*fanoutv1.RegisteredNode, string, error) {
		request := &fanoutv1.ListNodesRequest{Namespace: c.services.namespace, PageSize: size, PageToken: token}
		page, err := callUnary(ctx, c.services, fanoutv1.NewNodeServiceClient, fanoutv1.NodeServiceClient.ListNodes, request)
		return page.GetNodes(), page.GetNextPageToken(), err
	}, readNode)
}

// Runtimes are those that are connected to any state manager; a new one is among them within a second.
func (c *Client) Runtimes(ctx context.Context) iter.Seq2[ConnectedRuntime, error] {
	return list(func(size int32, token string) ([]*fanoutv1.ConnectedRuntime, string, error) {
		request := &fanoutv1.ListRuntimesRequest{Namespace: c.services.namespace, PageSize: size, PageToken: token}
		page, err := callUnary(ctx, c.services, fanoutv1.NewNodeServiceClient, fanoutv1.NodeServiceClient.ListRuntimes, request)
		return page.GetRuntimes(), page.GetNextPageToken(), err
	}, readRuntime)
}

// CreateToken makes a token for the client's namespace; without a time to live, 0, it lasts until it is revoked.
func (c *Client) CreateToken(ctx context.Context, role Role, timeToLive time.Duration) (NewToken, error) {
	value, isRole := fanoutv1.Role_value["ROLE_"+strings.ToUpper(string(role))]
	if !isRole {
		return NewToken{}, errors.New("a token has one of the roles RoleRuntime, RoleClient and RoleAdmin")
	}
	request := &fanoutv1.CreateTokenRequest{Namespace: c.services.namespace, Role: fanoutv1.Role(value)}
	if timeToLive > 0 {
		request.Ttl = durationpb.New(timeToLive)
	}
	answer, err := callUnary(ctx, c.services, fanoutv1.NewAdminServiceClient, fanoutv1.AdminServiceClient.CreateToken, request)
	return NewToken{readToken(answer.GetToken()), answer.GetBearer()}, err
}

// Tokens are those of the client's namespace, the newest first, without their texts.
func (c *Client) Tokens(ctx context.Context) iter.Seq2[Token, error] {
	return list(func(size int32, token string) ([]*fanoutv1.Token, string, error) {
		request := &fanoutv1.ListTokensRequest{Namespace: c.services.namespace, PageSize: size, PageToken: token}
		page, err := callUnary(ctx, c.services, fanoutv1.NewAdminServiceClient, fanoutv1.AdminServiceClient.ListTokens, request)
		return page.GetTokens(), page.GetNextPageToken(), err
	}, readToken)
}

// RevokeToken ends a token: for new calls within a second, for streams that it has opened within two.
func (c *Client) RevokeToken(ctx context.Context, tokenID string) error {
	request := &fanoutv1.RevokeTokenRequest{Namespace: c.services.namespace, TokenId: tokenID}
	_, err := callUnary(ctx, c.services, fanoutv1.NewAdminServiceClient, fanoutv1.AdminServiceClient.RevokeToken, request)
	return err
}
