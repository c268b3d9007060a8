// Compiles Asio once; see BOOST_ASIO_SEPARATE_COMPILATION in cmake/GradwireTargets.cmake.
#include <boost/asio/impl/src.hpp>
