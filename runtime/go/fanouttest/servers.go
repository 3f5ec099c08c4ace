package fanouttest

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// longestFolder leaves room for the socket: its path may have about 100 characters.
const longestFolder = 70

// Servers are a Redis and a state manager of a test's own.
type Servers struct {
	// Address is that of the state manager, `127.0.0.1:PORT`.
	Address string
	// RedisURL is the URL of the Redis, for another state manager.
	RedisURL string
	// StateManager is its process.
	StateManager *Child

	redis   *Child
	watcher *orphanWatcher
}

// StartServers starts a Redis and a state manager, for programs that are no tests. The error has the end of the log of what
// does not start.
func StartServers(options Options) (*Servers, error) {
	folder, err := makeFolder()
	if err != nil {
		return nil, err
	}
	watcher, err := watchOrphans(folder)
	if err != nil {
		return nil, err
	}
	servers := &Servers{watcher: watcher}
	if err := servers.start(folder, options); err != nil {
		servers.Stop()
		return nil, err
	}
	return servers, nil
}

// Stop ends both. Harmless twice.
func (s *Servers) Stop() {
	for _, child := range []*Child{s.StateManager, s.redis} {
		if child != nil {
			child.Stop()
		}
	}
	s.watcher.end()
}

// StartStateManager starts another state manager on the same Redis, and gives its process and address. It ends with the others.
func (s *Servers) StartStateManager(options Options) (*Child, string, error) {
	command, err := commandOf(options)
	if err != nil {
		return nil, "", err
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, "", err
	}
	settings := map[string]string{
		"FANOUT_LISTEN":      "127.0.0.1:0",
		"FANOUT_REDIS_URL":   s.RedisURL,
		"FANOUT_LOG_LEVEL":   "info",
		"FANOUT_SECRET_KEYS": "test:" + base64.StdEncoding.EncodeToString(key),
	}
	maps.Copy(settings, options.Env)
	child, err := startChild("the state manager", command, options.Dir, settings, s.watcher)
	if err != nil {
		return nil, "", err
	}
	found, err := child.WaitForLine(`"event":"listening".*"address":"([^"]+)"`, startTimeout)
	if err != nil {
		child.Stop()
		return nil, "", err
	}
	return child, found[1], nil
}

func (s *Servers) start(folder string, options Options) error {
	var err error
	if s.redis, s.RedisURL, err = startRedis(folder, s.watcher); err != nil {
		return err
	}
	s.StateManager, s.Address, err = s.StartStateManager(options)
	return err
}

func makeFolder() (string, error) {
	parent := os.TempDir()
	if len(parent) > longestFolder {
		parent = "/tmp"
	}
	return os.MkdirTemp(parent, "fanout-test-")
}

// startRedis starts a Redis at a socket in the folder: unlike a port, nobody else can take or reach it.
func startRedis(folder string, watcher *orphanWatcher) (*Child, string, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		program, err = exec.LookPath("valkey-server")
	}
	if err != nil {
		return nil, "", errors.New("a test environment needs Redis 7 or later, and no redis-server or valkey-server is on the PATH: install it, such as with apt-get install redis-server or brew install redis")
	}
	socket := filepath.Join(folder, "redis.sock")
	command := []string{
		program, "--port", "0", "--unixsocket", socket, "--dir", folder,
		"--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction",
	}
	child, err := startChild("Redis", command, "", nil, watcher)
	if err != nil {
		return nil, "", err
	}
	if _, err := child.WaitForLine(`(?i)ready to accept connections`, startTimeout); err != nil {
		child.Stop()
		return nil, "", err
	}
	return child, "redis://?path=" + url.QueryEscape(socket), nil
}

func commandOf(options Options) ([]string, error) {
	if len(options.Command) > 0 {
		return options.Command, nil
	}
	if given := strings.Fields(os.Getenv("FANOUT_STATE_MANAGER")); len(given) > 0 {
		return given, nil
	}
	program, err := exec.LookPath("fanout-server")
	if err != nil {
		return nil, fmt.Errorf("there is no state manager to test with: npm install --global @fanout/server, or give a command that starts one")
	}
	return []string{program}, nil
}
