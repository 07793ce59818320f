package zinit

import (
	"context"
	"fmt"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/capi"
)

// LogStream gives the lines of the daemon's log, one after another. What ends it frees what it holds: its context, Close,
// io.EOF, or any error of Next but that of Next's own context.
type LogStream struct {
	logs *capi.Logs
}

// LogSource is where a line of the log comes from. A program must expect sources that are none of those below.
type LogSource int32

// Where lines come from.
const (
	// LogSourceStdout is the service's standard output.
	LogSourceStdout LogSource = capi.LogSourceStdout
	// LogSourceStderr is the service's standard error.
	LogSourceStderr LogSource = capi.LogSourceStderr
	// LogSourceStart is zinit's own mark: it has spawned the service.
	LogSourceStart LogSource = capi.LogSourceStart
	// LogSourceTest is the service's test command, standard output or error.
	LogSourceTest LogSource = capi.LogSourceTest
	// LogSourceDropped tells that lines were lost, of whichever service: the daemon dropped them for a slow reader, or the
	// library for their size.
	LogSourceDropped LogSource = capi.LogSourceDropped
)

// String is the word of a source: "stdout", "stderr", "start", "test" or "dropped".
func (s LogSource) String() string {
	switch s {
	case LogSourceStdout:
		return "stdout"
	case LogSourceStderr:
		return "stderr"
	case LogSourceStart:
		return "start"
	case LogSourceTest:
		return "test"
	case LogSourceDropped:
		return "dropped"
	default:
		return fmt.Sprintf("LogSource(%d)", int32(s))
	}
}

// LogLine is one line of the log.
type LogLine struct {
	// Service is the service that it is of; "" for none. A line of its test has the service's own name.
	Service string
	// Source is where it comes from.
	Source LogSource
	// Text is the line without the newline. It need not be UTF-8, and may have a NUL inside.
	Text string
	// Truncated tells that its end is missing: it had more than 65536 bytes, or the daemon ended in the midst of it.
	Truncated bool
}

// Logs begins to read the log of a service, or of all services for "": of the lines that the daemon has kept the last so
// many, or all for -1, and with follow those that come from then on, too. The end of the context ends the stream.
//
// Logs sends nothing: the first Next tells of a service that is none. The daemon keeps the last 2000 lines of all services
// together. With follow and a number of last lines, the first of them comes after 100 ms: the daemon sends no mark between
// what it has kept and what is new.
//
// The daemon sends text alone, and service and source are told from it. That is exact for names without ": " inside; but a
// service can print to its stderr what looks like a start mark. One whose Log is none or stdout has no lines here.
func (c *Client) Logs(ctx context.Context, service string, last int, follow bool) (*LogStream, error) {
	daemon, err := c.use()
	if err != nil {
		return nil, err
	}
	logs, err := daemon.Logs(ctx, service, int64(last), follow)
	if err != nil {
		return nil, fromC(err)
	}
	return &LogStream{logs}, nil
}

// Next waits for the next line, until its context or that of the stream ends. Behind the last line it returns io.EOF, or
// CodeClosed where the log is followed and the daemon has ended; ErrUnknownService for a service that is none;
// os.ErrClosed after Close. Once the stream has ended, it returns the same each time.
//
// Of what comes while the log is followed, nothing is read more than 64 KiB ahead of the caller: a slow reader loses only
// what the daemon itself drops.
func (s *LogStream) Next(ctx context.Context) (LogLine, error) {
	line, err := s.logs.Next(ctx)
	if err != nil {
		return LogLine{}, sentinel(fromC(err), ErrUnknownService)
	}
	return LogLine{
		Service: line.Service, Source: LogSource(line.Source), Text: line.Text, Truncated: line.Truncated,
	}, nil
}

// Close ends the stream, and a Next that waits. It returns nil, and may be called more than once.
func (s *LogStream) Close() error {
	s.logs.Close()
	return nil
}
