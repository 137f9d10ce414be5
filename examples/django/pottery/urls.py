from django.contrib import admin
from django.http import JsonResponse
from django.urls import include, path

admin.site.site_header = admin.site.site_title = "Pottery"
admin.site.site_url = None


def me(request):
    """As an API of the shop: it knows its caller by the cookie of the session, and nothing of a second factor."""
    return JsonResponse({"user": request.user.get_username() or None})


urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/me", me),
    path("two-factor/", include("second_factor.urls")),  # Countersign
]
