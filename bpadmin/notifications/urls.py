"""Addresses of notifications, below /t/<slug>/."""

from __future__ import annotations

from django.urls import path

from bpadmin.notifications.pages import channel_views, views
from bpadmin.web import converters  # noqa: F401 - makes <number:…> known

app_name = "notifications"

urlpatterns = [
    path("notifications/", views.inbox, name="inbox"),
    path("notifications/bell/", views.bell, name="bell"),
    path("notifications/seen/", views.seen, name="seen"),
    path("notifications/<number:pk>/open/", views.open_, name="open"),
    path("notifications/rules/", views.rules, name="rules"),
    path("notifications/rules/team/", views.team, name="team"),
    path("notifications/rules/delivery/", views.delivery, name="delivery"),
    path("notifications/rules/snooze/", views.snooze, name="snooze"),
    path("notifications/channels/", channel_views.channels, name="channels"),
    path("notifications/channels/test/", channel_views.test, name="test"),
    path("notifications/channels/add/", channel_views.webhook_add_page, name="webhook_add"),
    path("notifications/channels/<number:pk>/test/", channel_views.webhook_test, name="webhook_test"),
    path("notifications/channels/<number:pk>/key/", channel_views.webhook_rotate_page, name="webhook_rotate"),
    path("notifications/channels/<number:pk>/remove/", channel_views.webhook_remove_page, name="webhook_remove"),
    path("notifications/messages/<number:pk>/replay/", channel_views.replay, name="replay"),
]
