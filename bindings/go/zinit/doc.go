// Package zinit talks to the zinit process supervisor: it lists, starts, stops and watches services, reads
// their logs, and reads and writes their files.
//
// It has the same API as the package github.com/threefoldtech/zosbase/pkg/zinit, with the same names, and
// uses the C library libzinit_client. The README says how to change to it, and what behaves differently.
//
// # Errors
//
// Errors are of type *Error. It has a code, the service, the daemon's own words, and whether the daemon may
// have acted. Two errors are always the same value, so that they can be compared with ==: ErrUnknownService,
// from every function that takes one service, and ErrAlreadyMonitored, from Monitor. In all other cases
// errors.Is finds them. The code tells errors apart:
//
//	var failed *zinit.Error
//	if errors.As(err, &failed) && failed.Code == zinit.CodeTimeout {
//		log.Printf("%s is still %s", failed.Service, failed.State.String())
//	}
//
// # Times
//
// With a timeout of 0, a call sends its command and does not wait. Restart, Deploy, Reload and Destroy must
// wait for the stop: for them, a stop timeout of 0 means SIGKILL at once. With NoLimit, a call waits for ever
// and never sends SIGKILL. A timeout below 0, such as the rest of a deadline that has passed, counts as the
// shortest timeout above 0. Timeouts are rounded up to whole milliseconds.
//
// # Processes
//
// The daemon reports only the process that it spawned for a service. It does not report the children of that
// process, which may still be running when the service is stopped.
//
// # Goroutines
//
// Any number of goroutines may use one Client at the same time. A goroutine that waits does not occupy a
// thread.
package zinit
