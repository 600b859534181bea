/*
 * Keys by the names of their sequences in a terminal's description (terminfo(5)). Private to the terminal.
 */
#ifndef WEIR_SRC_UI_KEY_CAPABILITIES_H
#define WEIR_SRC_UI_KEY_CAPABILITIES_H

#include "weir/ui/key.h"

static const struct {
  const char *name;
  uint32_t code;
} key_capabilities[] = {

    {"kcuu1", KEY_UP_},    {"kcud1", KEY_DOWN_}, {"kcub1", KEY_LEFT_},   {"kcuf1", KEY_RIGHT_}, {"khome", KEY_HOME_},
    {"kend", KEY_END_},    {"kpp", KEY_PAGE_UP}, {"knp", KEY_PAGE_DOWN}, {"kich1", KEY_INSERT}, {"kdch1", KEY_DELETE},
    {"kcbt", KEY_BACKTAB}, {"kf1", KEY_F1_},     {"kf2", KEY_F2_},       {"kf3", KEY_F3_},      {"kf4", KEY_F4_},
    {"kf5", KEY_F5_},      {"kf6", KEY_F6_},     {"kf7", KEY_F7_},       {"kf8", KEY_F8_},      {"kf9", KEY_F9_},
    {"kf10", KEY_F10_},    {"kf11", KEY_F11_},   {"kf12", KEY_F12_},
};

#endif
