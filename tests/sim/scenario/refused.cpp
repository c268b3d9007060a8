#include "tests/sim/scenario/refused.hpp"

namespace gradwire {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RefusedScenario);

TEST_P(RefusedScenario, SaysWhereWhatAndWhatIsAllowed) {
  EXPECT_EQ(error_of(GetParam().text, GetParam().overrides), GetParam().message);
}

}  // namespace gradwire
