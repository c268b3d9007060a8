// The summary of repeated measurements: medians, because times are skewed and one disturbed repeat
// should not move the figure.
//
// Below six values a 95 % interval of the median does not exist (even the whole range covers it
// with probability 1 - 2 / 2^5 = 93.75 % at five), so that the range is given instead. From six on
// the interval is [x(k), x(n+1-k)], x(i) being the i-th smallest value and k the largest rank with
// 2 P(Binomial(n, 1/2) < k) <= 5 %. It needs no assumption about the distribution. W. J. Conover,
// Practical Nonparametric Statistics, 3rd edition, 1999, section 3.2; J.-Y. Le Boudec, Performance
// Evaluation of Computer and Communication Systems, 2010, section 2.2.
#pragma once

#include <vector>

namespace gradwire {

enum class Spread {
  none,        // one value only
  range,       // smallest and largest value
  interval95,  // 95 % interval of the median
};

struct Summary {
  int count = 0;
  double median = 0;  // of an even count: the mean of the two in the middle
  double low = 0;
  double high = 0;
  Spread spread = Spread::none;  // what low and high are; none: both equal the median
};

/// Summarises at least one finite value; throws CheckFailure otherwise.
Summary summarise(std::vector<double> values);

/// The rank k (from 1) of the lower end of the 95 % interval of the median of `count` values; 0
/// below six values, where there is none.
int median_interval_rank(int count);

}  // namespace gradwire
