//! placeholder
use crate::project::Project;
pub(crate) fn bench(_project: &Project, _rest: &[String]) -> anyhow::Result<()> {
    Ok(())
}
