// Named points at which a test can kill or stop this process: the steps between which a death is to be
// survived (design, section 5). Nothing is compiled unless the build says --config=fault.
//
//   BILLIARD_FAULT=<point>:<count>:<signal>:<ticket>
//
// The armed process that reaches <point> for the <count>th time and removes the file <ticket>, which
// only one process can, gets <signal>. Arming keeps the points of code that host and workers share from
// ending the host. A child that a test forked itself is armed by ArmFaultPoint() instead.
#ifndef BILLIARD_CORE_BASE_FAULT_POINT_H_
#define BILLIARD_CORE_BASE_FAULT_POINT_H_

#ifdef BILLIARD_FAULT_POINTS

namespace billiard {

// Arms this process, and no child of it, for the fault that the environment tells.
void ArmFaultPoints();
// Arms this process, and no child of it, for this fault whatever the environment tells.
void ArmFaultPoint(const char* point, int count, int signal_number);
void ReachFaultPoint(const char* point);

}  // namespace billiard

#define BP_FAULT_ARM() ::billiard::ArmFaultPoints()
#define BP_FAULT_POINT(point) ::billiard::ReachFaultPoint(point)

#else

#define BP_FAULT_ARM() static_cast<void>(0)
#define BP_FAULT_POINT(point) static_cast<void>(0)

#endif  // BILLIARD_FAULT_POINTS

#endif  // BILLIARD_CORE_BASE_FAULT_POINT_H_
