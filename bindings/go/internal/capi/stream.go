//go:build linux

package capi

// #include "calls.h"
import "C"

import (
	"context"
	"io"
	"os"
	"runtime"
	"sync"
)

// A Stream gives one thing after another, as they come: what a watch and a log have in common.
type Stream[T any] struct {
	poller poller
	// look is what there is now. It must not refer to the stream, or the garbage collector would never find it.
	look func() (T, C.zinit_code, *C.zinit_error)
	free func()
	// name is the one service that it is of; "" otherwise.
	name string

	// next is held by the one caller that looks.
	next sync.Mutex
	// closing is held by the one that frees, and guards what is below.
	closing sync.Mutex
	// end is why it is closed; nil as long as it is not.
	end error
	// leave makes the stream's context forget it; nil where it has none.
	leave func() bool
}

// newStream makes a stream that the garbage collector closes. It frees, too, where it fails.
func newStream[T any](
	descriptor C.int32_t, name string, look func() (T, C.zinit_code, *C.zinit_error), free func(),
) (*Stream[T], error) {
	poller, err := newPoller(descriptor)
	if err != nil {
		free()
		return nil, err
	}
	stream := &Stream[T]{poller: poller, look: look, free: free, name: name}
	runtime.SetFinalizer(stream, (*Stream[T]).Close)
	return stream, nil
}

// closeWith has the end of a context close the stream. Until then, or the stream's own end, the context holds it.
func (s *Stream[T]) closeWith(ctx context.Context) {
	if ctx.Done() == nil {
		// Nothing is to hold it, not even itself by leave: the garbage collector passes over what is in a circle.
		return
	}
	s.closing.Lock()
	defer s.closing.Unlock()
	s.leave = context.AfterFunc(ctx, func() { s.close(cancelled(ctx)) })
}

// Next waits for the next thing. An error of the library's and io.EOF, behind the last thing, close the stream. Once it is
// closed, each Next tells why; after Close it is os.ErrClosed.
func (s *Stream[T]) Next(ctx context.Context) (item T, err error) {
	s.next.Lock()
	defer s.next.Unlock()
	var code C.zinit_code = Pending
	var failed *C.zinit_error
	// What look reads is lent until the next look, and close waits for the end of this one.
	err = s.poller.wait(ctx, func() bool {
		shortCalls.enter()
		defer shortCalls.leave()
		item, code, failed = s.look()
		return code != Pending
	})
	switch {
	case err != nil:
		if end := s.ended(); end != nil {
			err = end
		}
	case code == End:
		err = io.EOF
		s.close(err)
	case code != OK:
		err = failure(failed)
		s.close(err)
	}
	return item, of(err, s.name)
}

func (s *Stream[T]) ended() error {
	s.closing.Lock()
	defer s.closing.Unlock()
	return s.end
}

// Close ends a Next that waits, and frees the stream. It may be called twice.
func (s *Stream[T]) Close() {
	s.close(os.ErrClosed)
}

// close tells why, too, unless it is closed already.
func (s *Stream[T]) close(end error) {
	s.closing.Lock()
	defer s.closing.Unlock()
	if s.end != nil {
		return
	}
	s.end = end
	runtime.SetFinalizer(s, nil)
	if s.leave != nil {
		s.leave()
	}
	// Returns once no step runs any more, and none will.
	s.poller.close()
	shortCalls.enter()
	s.free()
	shortCalls.leave()
}

// Watch tells changes as they happen.
type Watch = Stream[Change]

// Change is a change of a service or of the daemon. Text that there is none of is "".
type Change struct {
	Kind            int32
	Pid             int
	Service, Target string
	Before, After   State
}

// Watch begins to watch services; all if none is named.
func (c *Client) Watch(names []string, idleMs int64) (*Watch, error) {
	array, pins, err := nameArray(names)
	defer pins.Unpin()
	if err != nil {
		return nil, err
	}
	shortCalls.enter()
	defer shortCalls.leave()
	var handle *C.zinit_watch
	var failed *C.zinit_error
	code := C.zinit_client_watch(c.handle, first(array), C.size_t(len(array)), C.int64_t(idleMs), &handle, &failed)
	if err := c.done(code, failed); err != nil {
		return nil, err
	}
	look := func() (change Change, code C.zinit_code, failed *C.zinit_error) {
		var borrowed *C.zinit_change
		code = C.zinit_watch_next(handle, 0, nil, &borrowed, &failed)
		if code == OK {
			change = readChange(borrowed)
		}
		return change, code, failed
	}
	return newStream(C.zinit_watch_fd(handle), "", look, func() { C.zinit_watch_free(handle) })
}

func readChange(borrowed *C.zinit_change) Change {
	var parts C.struct_change_parts
	C.read_change(borrowed, &parts)
	return Change{
		Kind: int32(parts.kind), Pid: int(parts.pid), Service: C.GoString(parts.service),
		Before: stateOf(parts.before), After: stateOf(parts.after), Target: C.GoString(parts.target),
	}
}

// Logs gives the lines of the daemon's log.
type Logs = Stream[LogLine]

// LogLine is a line of the log.
type LogLine struct {
	// Service is "" for no service.
	Service   string
	Source    int32
	Text      string
	Truncated bool
}

// Logs begins to read the log of a service; that of all for "". The end of the context closes it.
func (c *Client) Logs(ctx context.Context, name string, last int64, follow bool) (*Logs, error) {
	if ctx.Err() != nil {
		return nil, of(cancelled(ctx), name)
	}
	var service *C.char
	if name != "" {
		var err error
		if service, err = nameText(name); err != nil {
			return nil, err
		}
	}
	var andFollow C.int32_t
	if follow {
		andFollow = 1
	}
	shortCalls.enter()
	defer shortCalls.leave()
	var handle *C.zinit_log_stream
	var failed *C.zinit_error
	code := C.zinit_client_logs(c.handle, service, C.int64_t(last), andFollow, &handle, &failed)
	if err := c.done(code, failed); err != nil {
		return nil, err
	}
	look := func() (line LogLine, code C.zinit_code, failed *C.zinit_error) {
		var borrowed *C.zinit_log_line
		code = C.zinit_log_stream_next(handle, 0, nil, &borrowed, &failed)
		if code == OK {
			line = readLine(borrowed)
		}
		return line, code, failed
	}
	logs, err := newStream(C.zinit_log_stream_fd(handle), name, look, func() { C.zinit_log_stream_free(handle) })
	if err != nil {
		return nil, err
	}
	logs.closeWith(ctx)
	return logs, nil
}

func readLine(borrowed *C.zinit_log_line) LogLine {
	var parts C.struct_line_parts
	C.read_line(borrowed, &parts)
	return LogLine{
		Service: C.GoString(parts.service), Source: int32(parts.source),
		Text: C.GoStringN(parts.text, C.int(parts.len)), Truncated: parts.truncated != 0,
	}
}
