"""The application without its lanes: every request takes Django's whole handler and all middlewares."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
