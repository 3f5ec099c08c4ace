package wire

import (
	"bytes"
	"context"
	"crypto/sha256"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// lookupTimeout is the time within which a name has to be looked up: what was known of it counts after that.
const lookupTimeout = 2 * time.Second

// Address is one state manager, as a channel reaches it.
type Address struct {
	// Target is `host:port`.
	Target string
	// Name is the one in its certificate, where Target is one of the addresses of that name; empty: the host of Target.
	Name string
}

// AddressBook knows every state manager that some addresses stand for.
type AddressBook struct {
	addresses []string
	mu        sync.Mutex
	known     map[string][]Address
}

// NewAddressBook makes a book of addresses, each of them `host:port`.
func NewAddressBook(addresses []string) *AddressBook {
	return &AddressBook{addresses: addresses, known: map[string][]Address{}}
}

// All gives every state manager, once. Names are looked up anew: what they stand for changes as state managers come and go.
func (b *AddressBook) All(ctx context.Context) []Address {
	found := make([][]Address, len(b.addresses))
	var lookups sync.WaitGroup
	for at, address := range b.addresses {
		lookups.Go(func() { found[at] = b.resolve(ctx, address) })
	}
	lookups.Wait()
	var all []Address
	for _, each := range slices.Concat(found...) {
		isKnown := slices.ContainsFunc(all, func(other Address) bool { return other.Target == each.Target })
		if !isKnown {
			all = append(all, each)
		}
	}
	return all
}

func (b *AddressBook) resolve(ctx context.Context, address string) []Address {
	asItIs := []Address{{Target: address}}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return asItIs
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return asItIs
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		// A name that cannot be looked up is left to the channel, whose error says so.
		if known, isKnown := b.known[address]; isKnown {
			return known
		}
		return asItIs
	}
	b.known[address] = expand(host, port, found)
	return b.known[address]
}

// expand parts a name into its state managers. One address for each family is one state manager, whose channel chooses between them.
func expand(host, port string, found []netip.Addr) []Address {
	var v4, v6 []Address
	for _, ip := range found {
		ip = ip.Unmap()
		address := Address{Target: net.JoinHostPort(ip.String(), port), Name: host}
		if ip.Is4() {
			v4 = append(v4, address)
		} else {
			v6 = append(v6, address)
		}
	}
	for _, family := range [][]Address{v4, v6} {
		if len(family) >= 2 {
			return family
		}
	}
	return []Address{{Target: net.JoinHostPort(host, port)}}
}

// InOrderOf sorts state managers in an order that a key has for itself, and that changes little when some come or go.
// Many keys have each of them first equally often (rendezvous hashing).
func InOrderOf(key string, addresses []Address) []Address {
	rank := func(address Address) []byte {
		sum := sha256.Sum256([]byte(key + " " + address.Target))
		return sum[:]
	}
	return slices.SortedFunc(slices.Values(addresses), func(a, b Address) int { return bytes.Compare(rank(a), rank(b)) })
}
