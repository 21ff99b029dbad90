"""Addresses of the exports, inside the namespace `voting`."""

from django.urls import re_path

from .views import result_export

urlpatterns = [
    re_path(
        r"^p/(?P<slug>[-a-zA-Z0-9_]+)/result\.(?P<suffix>csv|xlsx|json)$", result_export, name="result_export"
    ),
]
