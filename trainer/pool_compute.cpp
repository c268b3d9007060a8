#include "trainer/pool_compute.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include "trainer/nn/backend.hpp"

namespace gradwire {

namespace asio = boost::asio;

void PoolCompute::start(Duration /*cost*/, std::function<void()> work, std::function<void()> done) {
  // Tracked, so that the home executor does not run out of work meanwhile.
  auto home = asio::prefer(home_, asio::execution::outstanding_work.tracked);
  asio::post(pool_,
             [home, threads = threads_, work = std::move(work), done = std::move(done)]() mutable {
               if (work) {
                 use_threads(threads);
                 work();
               }
               asio::post(home, std::move(done));
             });
}

}  // namespace gradwire
