// Whether this is the long version of a test: the same source, built again by a target tagged `storm`
// with local_defines = ["BILLIARD_LONG_STORM"]. For test sources alone, since a library is built once.
#ifndef BILLIARD_TESTS_SUPPORT_STORM_H_
#define BILLIARD_TESTS_SUPPORT_STORM_H_

namespace billiard::testing {

#ifdef BILLIARD_LONG_STORM
constexpr bool kLongStorm = true;
#else
constexpr bool kLongStorm = false;
#endif

}  // namespace billiard::testing

#endif  // BILLIARD_TESTS_SUPPORT_STORM_H_
