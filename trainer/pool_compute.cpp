#include "trainer/pool_compute.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <exception>

#include "trainer/nn/backend.hpp"

namespace gradwire {

namespace asio = boost::asio;

void PoolCompute::start(Duration /*cost*/, std::function<void()> work, std::function<void()> done) {
  // Tracked, so that the home executor does not run out of work meanwhile.
  auto home = asio::prefer(home_, asio::execution::outstanding_work.tracked);
  asio::post(pool_, [home, work = std::move(work), done = std::move(done)]() mutable {
    std::exception_ptr error;
    try {
      if (work) {
        use_threads(1);
        work();
      }
    } catch (...) {
      error = std::current_exception();  // thrown where the run can report it
    }
    asio::post(home, [error, done = std::move(done)] {
      if (error) std::rethrow_exception(error);
      done();
    });
  });
}

}  // namespace gradwire
