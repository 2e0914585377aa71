"""Where files are kept: a folder or an object store, and this machine's own copy while it works on one."""
