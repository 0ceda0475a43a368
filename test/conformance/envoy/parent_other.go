//go:build !linux

package envoy

import "syscall"

func endWithParent() *syscall.SysProcAttr { return nil }
