"""Addresses of the ledger's files, the same in every language: C2SP tlog-tiles, and what lies beside."""

from django.urls import path

from .views import tiles

app_name = "tlog"
urlpatterns = [
    path("<slug:slug>/checkpoint", tiles.show_checkpoint, name="checkpoint"),
    path("<slug:slug>/tile/<path:rest>", tiles.show_tile, name="tile"),
    path("<slug:slug>/files.txt", tiles.show_files, name="files"),
    path("<slug:slug>/heads.jsonl", tiles.show_heads, name="heads"),
    path("<slug:slug>/manifest.json", tiles.show_manifest, name="manifest"),
    path("<slug:slug>/bundle.zip", tiles.show_bundle, name="bundle"),
    path("<slug:slug>/documents/<str:name>", tiles.show_document, name="document"),
]
