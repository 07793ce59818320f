//go:build linux && go1.24

package capi

// The library calls nothing back and keeps no pointer that it is handed: so what is handed to it may stay on the stack.

// #cgo noescape begin_group
// #cgo nocallback begin_group
// #cgo noescape begin_matches
// #cgo nocallback begin_matches
// #cgo noescape begin_one
// #cgo nocallback begin_one
// #cgo noescape dispatch
// #cgo nocallback dispatch
// #cgo noescape next_requests
// #cgo nocallback next_requests
// #cgo noescape read_change
// #cgo nocallback read_change
// #cgo noescape read_error
// #cgo nocallback read_error
// #cgo noescape read_line
// #cgo nocallback read_line
// #cgo noescape read_list
// #cgo nocallback read_list
// #cgo noescape read_names
// #cgo nocallback read_names
// #cgo noescape read_service
// #cgo nocallback read_service
// #cgo noescape read_status
// #cgo nocallback read_status
// #cgo noescape read_status_after
// #cgo nocallback read_status_after
// #cgo noescape read_statuses
// #cgo nocallback read_statuses
// #cgo noescape zinit_client_logs
// #cgo nocallback zinit_client_logs
// #cgo noescape zinit_client_watch
// #cgo nocallback zinit_client_watch
// #cgo noescape zinit_client_with_options
// #cgo nocallback zinit_client_with_options
// #cgo noescape zinit_filter_with_exec
// #cgo nocallback zinit_filter_with_exec
// #cgo noescape zinit_filter_with_name
// #cgo nocallback zinit_filter_with_name
// #cgo noescape zinit_log_stream_next
// #cgo nocallback zinit_log_stream_next
// #cgo noescape zinit_queue_add
// #cgo nocallback zinit_queue_add
// #cgo noescape zinit_queue_new
// #cgo nocallback zinit_queue_new
// #cgo noescape zinit_service_after_push
// #cgo nocallback zinit_service_after_push
// #cgo noescape zinit_service_env_set
// #cgo nocallback zinit_service_env_set
// #cgo noescape zinit_service_from_yaml
// #cgo nocallback zinit_service_from_yaml
// #cgo noescape zinit_service_set_exec
// #cgo nocallback zinit_service_set_exec
// #cgo noescape zinit_service_set_test
// #cgo nocallback zinit_service_set_test
// #cgo noescape zinit_service_to_yaml
// #cgo nocallback zinit_service_to_yaml
// #cgo noescape zinit_watch_next
// #cgo nocallback zinit_watch_next
// #include "calls.h"
import "C"
