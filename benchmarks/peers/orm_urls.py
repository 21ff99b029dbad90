from django.urls import path

from .orm_view import cast

urlpatterns = [path("p/<slug:slug>/cast/", cast)]
