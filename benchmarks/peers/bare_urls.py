from django.http import HttpResponse
from django.urls import path


def hello(request, slug=""):
    """Answer with five letters, a form that was posted like an address that was asked for."""
    return HttpResponse("hello")


urlpatterns = [path("", hello), path("p/<slug:slug>/cast/", hello)]
