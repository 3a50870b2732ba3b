#include "billiard_core/pool/host_places.h"

#include "gtest/gtest.h"

namespace billiard::pool {
namespace {

std::vector<GroupOptions> Groups(std::vector<int> workers) {
  std::vector<GroupOptions> groups(workers.size());
  for (size_t i = 0; i < workers.size(); ++i) groups[i].workers = workers[i];
  return groups;
}

TEST(HostPlacesTest, TheFirstPlacesAreThoseOfTheGroupsInOrder) {
  const HostPlaces places(Groups({2, 1}), 5);
  EXPECT_EQ(places.Wanted(), 3);
  EXPECT_EQ(places.WantedIn(0), 2);
  EXPECT_EQ(places.WantedIn(1), 1);
  EXPECT_EQ(places.GroupAt(2), 1u);
  EXPECT_FALSE(places.IsWanted(3));
}

TEST(HostPlacesTest, TheSmallestFreePlaceIsUsedFirst) {
  HostPlaces places(Groups({3}), 5);
  places.Remove(1);
  EXPECT_EQ(places.Add(0), 1u);
  EXPECT_EQ(places.Add(0), 3u);
  EXPECT_EQ(places.Add(0), 4u);
  EXPECT_FALSE(places.Add(0).has_value());
}

TEST(HostPlacesTest, APlaceWhoseWorkerIsLeavingComesLast) {
  HostPlaces places(Groups({2}), 3);
  places.Occupy(0);
  places.Remove(0);
  EXPECT_TRUE(places.IsInUse(0));
  EXPECT_EQ(places.Add(0), 2u);
  EXPECT_EQ(places.Add(0), 0u);
  places.Remove(0);
  places.Vacate(0);
  EXPECT_FALSE(places.IsInUse(0));
}

TEST(HostPlacesTest, OnlyWantedPlacesAreWaitedFor) {
  HostPlaces places(Groups({2}), 3);
  places.MarkStarted(0);
  places.MarkReady(0);
  EXPECT_FALSE(places.AllStarted());
  EXPECT_FALSE(places.AllReady());
  places.Remove(1);
  EXPECT_TRUE(places.AllStarted());
  EXPECT_TRUE(places.AllReady());
  places.Add(0);
  EXPECT_FALSE(places.AllReady());
}

}  // namespace
}  // namespace billiard::pool
