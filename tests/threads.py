"""Run the same act many times at once, each in a thread with a database connection of its own."""

import threading

from django.db import connections


def at_once(act, arguments):
    """Call `act` with each of the arguments, all started together; return what came back, in order.

    An exception is returned, not raised.
    """
    arguments = list(arguments)
    barrier = threading.Barrier(len(arguments))
    results = [None] * len(arguments)

    def run(at, argument):
        barrier.wait()
        try:
            results[at] = act(argument)
        except Exception as error:  # noqa: BLE001  (handed to the test, which looks at it)
            results[at] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(arguments)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
