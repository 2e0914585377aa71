"""Addresses of the list pages and of the upload pages, below /t/<slug>/.

What stands after `lists/` is an id, which may be any name; our own words begin addresses of their own.
"""

from __future__ import annotations

from django.urls import path
from django.views.generic import RedirectView

from bpadmin.web import converters  # noqa: F401 - makes <platform_id:…> known
from lists import views
from lists.deletions import views as delete_views
from lists.fixing import views as fixing_views
from lists.manage import property_views
from lists.manage import views as creation_views
from lists.old_values import views as old_values_views
from lists.proof import views as proof_views
from lists.reached import views as reached_views
from lists.records import browse_views, edit_views
from lists.records import views as record_views
from lists.recycling import views as recycling_views
from lists.taking_back import views as take_back_views
from lists.uploads.pages import recipe_views
from lists.uploads.pages import views as upload_views

app_name = "lists"

urlpatterns = [
    path("lists/", views.index, name="index"),
    path("list-by-name/", views.by_name, name="by_name"),
    path("read-lists-again/", views.read_again, name="read_again"),
    path("new-list/", creation_views.create, name="create"),
    path("new-list/fields/", creation_views.build, name="build"),
    path("lists/new/fields/", RedirectView.as_view(pattern_name="lists:build")),
    path("lists/<platform_id:list_id>/delete-records/", delete_views.delete_records, name="delete_records"),
    path("lists/<platform_id:list_id>/delete-records/<str:token>/", delete_views.deletion, name="deletion"),
    path("lists/<platform_id:list_id>/delete/", creation_views.delete, name="delete"),
    path("lists/<platform_id:list_id>/", views.detail, name="detail"),
    path("lists/<platform_id:list_id>/properties/", property_views.properties, name="properties"),
    path("lists/<platform_id:list_id>/reached/", reached_views.reached, name="reached"),
    path("uploads/<number:job_id>/proof/", proof_views.proof, name="upload_proof"),
    path("lists/<platform_id:list_id>/format/", views.edit_format, name="format"),
    path("lists/<platform_id:list_id>/format/learn/", views.learn_format, name="format_learn"),
    path("lists/<platform_id:list_id>/records/", record_views.lookup, name="lookup"),
    path("lists/<platform_id:list_id>/records/one/", record_views.record, name="record"),
    path("lists/<platform_id:list_id>/records/one/change/", edit_views.change, name="record_change"),
    path("lists/<platform_id:list_id>/records/one/erase/", edit_views.erase, name="record_erase"),
    path("lists/<platform_id:list_id>/records/new/", edit_views.add, name="record_add"),
    path("lists/<platform_id:list_id>/records/check/", record_views.check, name="record_check"),
    path(
        "lists/<platform_id:list_id>/records/in/<platform_id:campaign_id>/<platform_id:instance_id>/",
        browse_views.browse,
        name="browse",
    ),
    path("lists/<platform_id:list_id>/recipes/import/", recipe_views.recipe_take, name="recipe_import"),
    path("recipes/<number:recipe_id>/rename/", recipe_views.rename, name="recipe_rename"),
    path("recipes/<number:recipe_id>/delete/", recipe_views.delete, name="recipe_delete"),
    path("recipes/<number:recipe_id>/recipe.json", recipe_views.export, name="recipe_export"),
    path("kept-columns/<number:kept_id>/", recipe_views.kept, name="kept_columns"),
    path("lists/<platform_id:list_id>/upload/", upload_views.upload, name="upload"),
    path("uploads/<number:job_id>/columns/", upload_views.upload_map, name="upload_map"),
    path("uploads/<number:job_id>/columns/<number:index>/changes/", upload_views.upload_changes, name="upload_changes"),
    path("uploads/<number:job_id>/check/", upload_views.upload_check, name="upload_check"),
    path("uploads/<number:job_id>/blocked/", upload_views.upload_blocked, name="upload_blocked"),
    path("uploads/<number:job_id>/rows/", upload_views.upload_rows, name="upload_rows"),
    path("uploads/<number:job_id>/split/", upload_views.upload_split, name="upload_split"),
    path("uploads/<number:job_id>/there.csv", upload_views.upload_there, name="upload_there"),
    path("uploads/<number:job_id>/update-there/", upload_views.upload_update_there, name="upload_update_there"),
    path("uploads/<number:job_id>/old-values.csv", old_values_views.file, name="old_values_file"),
    path("uploads/<number:job_id>/old-values/put-back/", old_values_views.put_back, name="old_values_put_back"),
    path("uploads/<number:job_id>/take-back/", take_back_views.ask, name="take_back"),
    path("uploads/<number:job_id>/take-back/go/", take_back_views.go, name="take_back_go"),
    path("uploads/<number:job_id>/taken-back.csv", take_back_views.rows, name="take_back_rows"),
    path("lists/<platform_id:list_id>/recycle/", recycling_views.recycle, name="recycle"),
    path("recycling/", recycling_views.rules, name="recycle_rules"),
    path("recycling/<number:pk>/remove/", recycling_views.rule_drop, name="recycle_rule_remove"),
    path("recycling/jobs/<number:job_id>/go/", recycling_views.go, name="recycle_go"),
    path("uploads/<number:job_id>/fix/", fixing_views.fix, name="fix"),
    path("uploads/<number:job_id>/fix/row/", fixing_views.fix_row, name="fix_row"),
    path("uploads/<number:job_id>/again/", upload_views.upload_again, name="upload_again"),
]
