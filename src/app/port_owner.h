/*
 * Who listens at a port, by what Linux tells in /proc.
 */
#ifndef WEIR_APP_PORT_OWNER_H
#define WEIR_APP_PORT_OWNER_H

#include <sys/types.h>

#include "weir/base/buf.h"
#include "weir/io/address.h"

/* Its process and name ("nginx"); false: nobody, or a process of another user that may not be looked at. */
bool port_owner(const struct address *a, pid_t *pid, struct buf *name);

#endif
