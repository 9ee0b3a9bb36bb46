"""The pages."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.cache import never_cache


@never_cache
@login_required
def page(request):
    """The chat page. It holds no messages: the scripts fetch them by REST and follow the socket."""
    return render(request, "chat/page.html")
