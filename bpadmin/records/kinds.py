"""The kinds of jobs that export records, and that ask something of many of them, one call each."""

from bpadmin.jobs.kinds import Effect, JobKind, KindWords, Structures

RESULTS_EXPORT = JobKind(
    "results_export",
    "Export results",
    "bpadmin.records.exports.handler.ExportHandler",
    Effect.READS,
    words=KindWords(
        running="Exporting {target}",
        done="The export is ready.",
        title="Export: {target}",
        headline="bpadmin.records.exports.outcome.export_headline",
        result_url="records:export_file",
        result_template="records/exports/_result.html",
    ),
    structures=Structures(
        "bpadmin.records.exports.options.ExportOptions",
        "bpadmin.records.exports.options.ExportRemote",
        "bpadmin.jobs.options.ResultReport",
    ),
)

_HANDLER, _FACE = "bpadmin.records.many.handler.ManyHandler", "bpadmin.records.many.presenter.ManyView"
_STRUCTURES = Structures(
    "bpadmin.records.many.rows.ManyOptions",
    "bpadmin.records.many.rows.ManyRemote",
    "bpadmin.jobs.options.ResultReport",
)
_SHOWN = {
    "result_template": "records/many/_result.html",
    "headline": "bpadmin.records.many.presenter.many_headline",
}
CONTACTS_DELETE = JobKind(
    "contacts_delete",
    "Delete contacts",
    _HANDLER,
    Effect.REMOVES,
    words=KindWords(running="Deleting contacts one by one", done="The contacts are deleted.", **_SHOWN),
    face=_FACE,
    structures=_STRUCTURES,
)
REQUESTS_RECALL = JobKind(
    "requests_recall",
    "Call requests again",
    _HANDLER,
    Effect.ADDS,
    words=KindWords(
        running="Putting requests of {target} back into dialling",
        done="The requests are back in dialling.",
        **_SHOWN,
    ),
    face=_FACE,
    structures=_STRUCTURES,
)
