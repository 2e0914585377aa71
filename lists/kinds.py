"""The kinds of jobs on calling lists."""

from bpadmin.audit.verbs import Verb
from bpadmin.jobs.kinds import Effect, JobKind, KindWords, NothingDone, Structures

LIST_UPLOAD = JobKind(
    "list_upload",
    "Upload into a list",
    "lists.uploads.handler.UploadHandler",
    Effect.ADDS,
    face="lists.uploads.presenter.UploadView",
    structures=Structures(
        "lists.uploads.options.UploadOptions",
        "lists.uploads.options.UploadRemote",
        "bpadmin.uploads.checking.report.CheckReport",
    ),
    confirmed_as=Verb.LIST_UPLOAD_CONFIRM,
    nothing_done=NothingDone("Nothing added", "Nothing was added: the {keys} in {list} already."),
    has_list_fields=True,
    tells_of_others=True,
    keeps_records=True,
)
LIST_DELETE = JobKind(
    "list_delete",
    "Delete records",
    "lists.deletions.handler.DeletionHandler",
    Effect.REMOVES,
    words=KindWords(
        running="Deleting records of {target}",
        done="The records are deleted.",
        headline="lists.deletions.outcome.deletion_headline",
    ),
    structures=Structures("lists.deletions.options.DeletionOptions", "lists.deletions.options.DeletionRemote"),
    keeps_records=True,
)
LIST_TAKE_BACK = JobKind(
    "list_take_back",
    "Take back an upload",
    "lists.taking_back.handler.TakeBackHandler",
    Effect.REMOVES,
    words=KindWords(
        running="Taking an upload into {target} back",
        done="The upload is taken back, as far as it can be.",
        result_template="lists/taking_back/_result.html",
        headline="lists.taking_back.presenter.take_back_headline",
    ),
    face="lists.taking_back.presenter.TakeBackView",
    structures=Structures(
        "lists.taking_back.handler.TakeBackOptions",
        "lists.taking_back.handler.TakeBackRemote",
        "bpadmin.jobs.options.ResultReport",
    ),
)
LIST_RECYCLE = JobKind(
    "list_recycle",
    "Recycle a list",
    "lists.recycling.handler.RecycleHandler",
    Effect.ADDS,
    words=KindWords(
        running="Reading {target} for records to call again",
        done="The records are handed over to an upload.",
        title="Recycle {target}",
        result_template="lists/recycling/_result.html",
        headline="lists.recycling.presenter.recycle_headline",
    ),
    face="lists.recycling.presenter.RecycleView",
    structures=Structures(
        "lists.recycling.handler.RecycleOptions",
        "lists.recycling.handler.RecycleRemote",
        "bpadmin.jobs.options.ResultReport",
    ),
)
