package lab

import "syscall"

// ownGroup puts a child into a process group of its own, and has the kernel end
// it should the lab die without a chance to say so.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
