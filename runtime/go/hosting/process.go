package hosting

import (
	"context"
	"os/signal"
	"syscall"
)

// Run serves until SIGTERM or SIGINT, or until the context ends, then lets running work finish; a second signal ends the
// process. It is for a program that does nothing else:
//
//	if err := runtime.Run(context.Background()); err != nil {
//		log.Fatal(err)
//	}
//
// Errors are those of Start.
func (r *Runtime) Run(ctx context.Context) error {
	ctx, restore := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer restore()
	context.AfterFunc(ctx, restore)
	return r.Serve(ctx)
}
