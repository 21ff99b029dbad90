import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
whole_way = get_wsgi_application()

from config.lane import ahead  # noqa: E402  (settings must be there first)
from config.page_lane import pages_ahead  # noqa: E402

application = pages_ahead(ahead(whole_way))
