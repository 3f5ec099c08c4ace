package fanouttest

import (
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
)

// orphanScript has the process groups that are held in the last line of its input. At the end of its input, which is our end as
// well, it kills them and removes the folder.
const orphanScript = `
trap '' HUP INT TERM
held=''
while read -r line; do held=$line; done
for group in $held; do kill -KILL "-$group"; done
rm -rf "$1"
`

// orphanWatcher is a shell that ends what this process has started if it ends without doing so itself, by SIGKILL for one.
type orphanWatcher struct {
	shell  *exec.Cmd
	mu     sync.Mutex
	input  io.WriteCloser
	groups map[int]bool
}

// watchOrphans makes one; the folder is removed at the end.
func watchOrphans(folder string) (*orphanWatcher, error) {
	shell := exec.Command("/bin/sh", "-c", orphanScript, "fanout-orphan-watcher", folder)
	// A session of its own: neither Ctrl-C nor the end of a terminal reaches it.
	shell.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	input, err := shell.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := shell.Start(); err != nil {
		return nil, fmt.Errorf("the watcher of test processes does not start: %w", err)
	}
	return &orphanWatcher{shell: shell, input: input, groups: map[int]bool{}}, nil
}

// hold makes a process group end with this process, from now on.
func (w *orphanWatcher) hold(group int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.groups[group] = true
	w.tell()
}

// free lets a group go that has ended: its id may soon be that of another one.
func (w *orphanWatcher) free(group int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.groups, group)
	w.tell()
}

// end kills what is held, removes the folder, and ends. Harmless twice.
func (w *orphanWatcher) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	// At the second time it is closed already, and the shell has been waited for.
	_ = w.input.Close()
	_ = w.shell.Wait()
}

func (w *orphanWatcher) tell() {
	line := strings.Trim(fmt.Sprint(keysOf(w.groups)), "[]")
	// A watcher that has ended holds nothing any more.
	_, _ = fmt.Fprintln(w.input, line)
}

func keysOf(groups map[int]bool) []int {
	keys := make([]int, 0, len(groups))
	for key := range groups {
		keys = append(keys, key)
	}
	return keys
}
