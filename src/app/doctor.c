#include "weir/app/doctor.h"
int doctor_run(const struct options *options) {
  (void)options;
  return 0;
}
