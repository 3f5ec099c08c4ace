package fanouttest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	startTimeout = time.Minute
	// stopTimeout is the time between SIGTERM and SIGKILL.
	stopTimeout = 15 * time.Second
	linesKept   = 2_000
	linesShown  = 20
)

// Child is a program that this one has started, in a group of its own.
type Child struct {
	name    string
	process *exec.Cmd
	watcher *orphanWatcher

	mu    sync.Mutex
	lines []string
	// changed is closed, and made anew, when there is another line.
	changed chan struct{}
	// ended is closed when it has ended, and all that it has written was read.
	ended chan struct{}
}

func startChild(name string, command []string, dir string, settings map[string]string, watcher *orphanWatcher) (*Child, error) {
	process := exec.Command(command[0], command[1:]...)
	process.Dir = dir
	process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// Settings, such as a token, that are for other state managers are not for this one.
	for _, each := range os.Environ() {
		if !strings.HasPrefix(each, "FANOUT_") {
			process.Env = append(process.Env, each)
		}
	}
	for key, value := range settings {
		process.Env = append(process.Env, key+"="+value)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	process.Stdout, process.Stderr = writer, writer
	if err := process.Start(); err != nil {
		return nil, fmt.Errorf("%s does not start: %w", name, err)
	}
	// Its end of the pipe is its own now.
	_ = writer.Close()
	watcher.hold(process.Process.Pid)
	child := &Child{name: name, process: process, watcher: watcher, changed: make(chan struct{}), ended: make(chan struct{})}
	go child.read(reader)
	return child, nil
}

// WaitForLine gives the first line that has the pattern, past or future, with what its groups have found. The error, if it ends
// first or the time is up, has the end of its log.
func (c *Child) WaitForLine(pattern string, longest time.Duration) ([]string, error) {
	wanted, timeUp, looked := regexp.MustCompile(pattern), time.After(longest), 0
	for {
		c.mu.Lock()
		lines, changed := c.lines, c.changed
		c.mu.Unlock()
		for ; looked < len(lines); looked++ {
			if found := wanted.FindStringSubmatch(lines[looked]); found != nil {
				return found, nil
			}
		}
		select {
		case <-changed:
		case <-c.ended:
			return nil, c.failure("has ended")
		case <-timeUp:
			return nil, c.failure("is not ready after " + longest.String())
		}
	}
}

// Signal sends a signal to it and all that it has started.
func (c *Child) Signal(number syscall.Signal) error {
	return syscall.Kill(-c.process.Process.Pid, number)
}

// Stop sends SIGTERM, and after 15 seconds SIGKILL. Harmless twice.
func (c *Child) Stop() {
	for _, number := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		// One that has ended cannot be signalled, and need not be.
		_ = c.Signal(number)
		select {
		case <-c.ended:
			return
		case <-time.After(stopTimeout):
		}
	}
}

func (c *Child) read(output io.ReadCloser) {
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		c.mu.Lock()
		if len(c.lines) < linesKept {
			c.lines = append(c.lines, lines.Text())
		}
		close(c.changed)
		c.changed = make(chan struct{})
		c.mu.Unlock()
	}
	// How it has ended is told by whoever waits for a line of it.
	_ = c.process.Wait()
	_ = output.Close()
	c.watcher.free(c.process.Process.Pid)
	close(c.ended)
}

func (c *Child) failure(what string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := c.lines[max(0, len(c.lines)-linesShown):]
	return fmt.Errorf("%s %s\n  %s", c.name, what, strings.Join(last, "\n  "))
}
