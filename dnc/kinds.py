"""The kinds of jobs on Do Not Call lists."""

from bpadmin.audit.verbs import Verb
from bpadmin.jobs.kinds import Effect, JobKind, NothingDone, Structures, TargetKind

_HANDLER, _FACE = "dnc.files.handler.KeysHandler", "dnc.files.presenter.DncJobView"
_STRUCTURES = Structures(
    "dnc.files.options.KeysOptions", "dnc.files.options.KeysRemote", "dnc.files.replace.KeysReport"
)

DNC_ADD = JobKind(
    "dnc_add",
    "Add to a Do Not Call list",
    _HANDLER,
    Effect.ADDS,
    TargetKind.DNC,
    face=_FACE,
    structures=_STRUCTURES,
    confirmed_as=Verb.DNC_FILE_CONFIRM,
    nothing_done=NothingDone("Nothing added", "Nothing was added: the {keys} in {list} already."),
    leaves_out_hidden=False,
)
DNC_DELETE = JobKind(
    "dnc_delete",
    "Remove from a Do Not Call list",
    _HANDLER,
    Effect.REMOVES,
    TargetKind.DNC,
    face=_FACE,
    structures=_STRUCTURES,
    confirmed_as=Verb.DNC_FILE_REMOVE,
    nothing_done=NothingDone("Nothing removed", "Nothing was removed: none of the {rows} was in {list}."),
)
DNC_REPLACE = JobKind(
    "dnc_replace",
    "Replace a Do Not Call list",
    _HANDLER,
    Effect.REPLACES,
    TargetKind.DNC,
    face=_FACE,
    structures=_STRUCTURES,
    confirmed_as=Verb.DNC_FILE_REPLACE,
    nothing_done=NothingDone(
        "Nothing to change", "Nothing was changed: {list} held what the file holds already.", tone="ok"
    ),
    leaves_out_hidden=False,
)
