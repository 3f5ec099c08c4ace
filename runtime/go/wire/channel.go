package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"regexp"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
)

// DefaultAddress is where a state manager listens unless it is told otherwise.
const DefaultAddress = "127.0.0.1:7600"

var tokenPattern = regexp.MustCompile(`^[\x21-\x7e]*$`)

// Credentials are those with which state managers are reached.
type Credentials struct {
	// Token is the bearer token; empty: the state manager needs none.
	Token string
	// TLS has the authorities to trust, and a certificate for state managers that ask for one; nil: without TLS.
	TLS *tls.Config
}

// TLSFiles reads a TLS configuration from PEM files: the authorities to trust (empty: those of the system), and the
// certificate of this side with its key (empty: none).
func TLSFiles(ca, cert, key string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("authorities to trust: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("authorities to trust: %s has no certificate in PEM", ca)
		}
	}
	if cert != "" || key != "" {
		own, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("certificate of this side: %w", err)
		}
		config.Certificates = []tls.Certificate{own}
	}
	return config, nil
}

// CheckCredentials refuses a token that no header can carry.
func CheckCredentials(credentials Credentials) error {
	if !tokenPattern.MatchString(credentials.Token) {
		return errors.New("token: it has spaces, line breaks or letters beyond ASCII: trim what it was read from")
	}
	return nil
}

// ChooseAddresses gives the addresses that options name: several, or one, or the usual one.
func ChooseAddresses(address string, addresses []string) ([]string, error) {
	switch {
	case address != "" && addresses != nil:
		return nil, errors.New("address and addresses: give one of them")
	case addresses != nil && len(addresses) == 0:
		return nil, errors.New("addresses: name at least one state manager")
	case address != "":
		addresses = []string{address}
	case addresses == nil:
		addresses = []string{DefaultAddress}
	}
	for _, each := range addresses {
		if !isHostAndPort(each) {
			return nil, fmt.Errorf("address %q: write it as host:port, such as %s; for TLS there is the option TLS", each, DefaultAddress)
		}
	}
	return addresses, nil
}

func isHostAndPort(address string) bool {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" || regexp.MustCompile(`[\s/]`).MatchString(host) {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// Open makes a channel to a state manager, which connects with the first call.
func Open(address Address, own Credentials) (*grpc.ClientConn, error) {
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(transportOf(address, own.TLS)),
		grpc.WithDisableRetry(),
		// The server announces its limits.
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32), grpc.MaxCallSendMsgSize(math.MaxInt32)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 20 * time.Second, Timeout: 5 * time.Second}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 2 * time.Second},
			MinConnectTimeout: 5 * time.Second,
		}),
		// A name may stand for several state managers: many clients take different ones of them.
		grpc.WithDefaultServiceConfig(`{"loadBalancingConfig":[{"pick_first":{"shuffleAddressList":true}}]}`),
		grpc.WithDisableServiceConfig(),
		// A channel of the runtime and one of the client may be idle for hours.
		grpc.WithIdleTimeout(0),
	}
	if own.Token != "" {
		options = append(options, grpc.WithPerRPCCredentials(bearer(own.Token)))
	}
	if address.Name != "" && own.TLS == nil {
		options = append(options, grpc.WithAuthority(address.Name))
	}
	return grpc.NewClient("dns:///"+address.Target, options...)
}

func transportOf(address Address, config *tls.Config) credentials.TransportCredentials {
	if config == nil {
		return insecure.NewCredentials()
	}
	// Its certificate is that of its name, also where the name has several addresses.
	if address.Name != "" && config.ServerName == "" {
		config = config.Clone()
		config.ServerName = address.Name
	}
	return credentials.NewTLS(config)
}

// bearer sends a token with every call. Who gives one without TLS has decided so: the state manager serves it.
type bearer string

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

func (bearer) RequireTransportSecurity() bool { return false }

// Settled connects, and tells whether the connection stands or was refused while the context lasts. A call says why it was
// refused; without this, one to a host that swallows all would wait for its own deadline.
func Settled(ctx context.Context, channel *grpc.ClientConn) bool {
	for {
		channel.Connect()
		state := channel.GetState()
		switch state {
		case connectivity.Ready, connectivity.TransientFailure:
			return true
		case connectivity.Shutdown:
			return false
		}
		if !channel.WaitForStateChange(ctx, state) {
			return false
		}
	}
}
