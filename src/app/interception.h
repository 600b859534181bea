/*
 * What HTTPS needs beside the proxy: the authority, and TLS made of it. Opened at the first need, and at the start where
 * something may be wrong that a person should be told at once.
 */
#ifndef WEIR_APP_INTERCEPTION_H
#define WEIR_APP_INTERCEPTION_H

#include "weir/app/weir.h"

bool interception_open(struct weir *w, struct err *err); /* before the proxy */
void interception_start(struct weir *w);                 /* tells the proxy */
void interception_close(struct weir *w);                 /* after the proxy, before the loop */

#endif
