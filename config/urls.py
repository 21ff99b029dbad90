from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

# Chinese pages stand at the plain address, English ones under /en/: a page's bytes depend on its
# address alone, so that one stored copy serves everybody.
urlpatterns = i18n_patterns(
    path("admin/", admin.site.urls),
    path("", include("voting.urls")),
    prefix_default_language=False,
)
# The ledger's files are read by programs: they have one address, whatever the language.
urlpatterns += [path("ledger/", include("voting.ledger_urls"))]
handler400 = "voting.views.refused.bad_request"
handler403 = "voting.views.refused.forbidden"
handler404 = "voting.views.refused.not_found"
handler500 = "voting.views.refused.server_error"
