"""Settings under which casting is done the straightforward way, behind the product's own middleware."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.peers.orm_urls"
