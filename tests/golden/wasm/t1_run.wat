(func $run (export "run") (result i32)
  (local $pc i64)
  (local $left i32)
  (local $entry i32)
  (local $place i32)
  (local $table i32)
  (local $fetches i32)
  (local $out i32)
  (local $at i32)
  (local $target i64)
  (local $cause i64)
  (local $tval i64)
  (local $ticks i32)
  (local $after i32)
  (local $i64_0 i64)
  (local $i64_1 i64)
  (local $i32_0 i32)
  (local $i64_2 i64)
  i32.const 0
  i32.load offset=21238488
  local.tee $ticks
  i32.const 1
  i32.add
  local.set $ticks
  loop
    block
      call $resume
      i32.wrap_i64
      local.set $left
      local.set $pc
      i32.wrap_i64
      local.tee $out
      if
        i32.const 0
        local.get $ticks
        i32.store offset=21238488
        local.get $out
        return
      end
      i32.const -1
      local.set $after
      i32.const 0
      i32.load offset=65728
      i32.const 3
      i32.shl
      local.set $table
      i32.const 0
      i32.load offset=65720
      i32.const 3
      i32.shl
      local.set $fetches
      loop
        local.get $pc
        i64.const 0xfffffffffffff000
        i64.and
        local.get $pc
        i64.const 9
        i64.shr_u
        i32.wrap_i64
        i32.const 0x7f8
        i32.and
        local.get $fetches
        i32.add
        local.tee $at
        i64.load offset=65992
        i64.eq
        if
          local.get $at
          i32.load offset=98760
          local.set $place
        else
          local.get $pc
          local.get $left
          i64.extend_i32_s
          call $find_code
          i32.wrap_i64
          local.set $place
          i32.wrap_i64
          local.tee $out
          if
            local.get $out
            i32.const 1
            i32.eq
            br_if 4
            i32.const 0
            local.get $ticks
            i32.store offset=21238488
            local.get $out
            return
          end
        end
        local.get $ticks
        i32.const -1
        i32.add
        local.tee $ticks
        i32.const 1
        i32.lt_s
        if
          i32.const 0
          i32.load offset=21238480
          local.set $ticks
          local.get $pc
          i32.wrap_i64
          i32.const 3
          i32.shl
          local.get $place
          i32.add
          i64.extend_i32_u
          local.get $left
          i64.extend_i32_s
          call $look
          i32.wrap_i64
          if
            local.get $pc
            local.get $left
            i64.extend_i32_s
            call $retire
            i32.const 11
            local.set $out
            i32.const 0
            local.get $ticks
            i32.store offset=21238488
            local.get $out
            return
          end
        end
        block
          loop
            local.get $left
            i32.eqz
            if
              local.get $ticks
              i32.const 1
              i32.add
              local.set $ticks
              local.get $pc
              local.get $left
              i64.extend_i32_s
              call $retire
              br 5
            end
            local.get $left
            i32.const -1
            i32.add
            local.set $left
            local.get $pc
            i32.wrap_i64
            i32.const 3
            i32.shl
            local.get $place
            i32.add
            local.set $entry
            loop
              block
                block
                  block
                    block
                      block
                        block
                          block
                            block
                              block
                                block
                                  block
                                    block
                                      local.get $entry
                                      i32.load16_u offset=4444880
                                      br_table 0 1 2 3 4 5 4 4 6 7 8 9 10 11 4
                                    end
                                    local.get $left
                                    i32.const 1
                                    i32.add
                                    local.set $left
                                    local.get $entry
                                    i64.extend_i32_u
                                    call $decode_at
                                    br 12
                                  end
                                  local.get $left
                                  i32.const 1
                                  i32.add
                                  local.set $left
                                  i32.const 0
                                  i32.load offset=65656
                                  i32.const 2
                                  i32.and
                                  if
                                    local.get $pc
                                    local.get $left
                                    i64.extend_i32_s
                                    call $retire
                                    br 16
                                  end
                                  i32.const 0
                                  i64.const 0
                                  i64.store offset=65656
                                  br 13
                                end
                                local.get $left
                                i32.const 1
                                i32.add
                                local.set $left
                                local.get $pc
                                local.get $left
                                i64.extend_i32_s
                                call $alone
                                i32.wrap_i64
                                local.set $place
                                i32.wrap_i64
                                local.tee $out
                                if
                                  local.get $out
                                  i32.const 1
                                  i32.eq
                                  br_if 15
                                  i32.const 0
                                  local.get $ticks
                                  i32.store offset=21238488
                                  local.get $out
                                  return
                                end
                                br 10
                              end
                              local.get $left
                              i32.const 1
                              i32.add
                              local.set $left
                              local.get $pc
                              local.get $left
                              i64.extend_i32_s
                              call $at_break
                              i32.wrap_i64
                              local.set $place
                              i32.wrap_i64
                              local.tee $out
                              if
                                local.get $out
                                i32.const 1
                                i32.eq
                                br_if 14
                                i32.const 0
                                local.get $ticks
                                i32.store offset=21238488
                                local.get $out
                                return
                              end
                              br 9
                            end
                            i64.const 2
                            local.set $cause
                            local.get $entry
                            i64.load32_u offset=4444892
                            local.set $tval
                            br 11
                          end
                          local.get $left
                          i32.const 1
                          i32.add
                          local.tee $left
                          local.get $after
                          i32.eq
                          if
                            i32.const 0
                            i32.const 0
                            i64.load offset=25584384
                            i64.const 1
                            i64.add
                            i64.store offset=25584384
                          end
                          local.get $pc
                          local.get $left
                          local.get $table
                          local.get $entry
                          i32.load16_u offset=4444882
                          local.get $entry
                          i32.load offset=4444888
                          local.tee $at
                          call_indirect (type 0)
                          local.set $out
                          local.tee $left
                          local.set $after
                          local.set $pc
                          local.get $at
                          i32.const 3
                          i32.shl
                          local.get $at
                          i32.const 3
                          i32.shl
                          i64.load offset=25580288
                          i64.const 1
                          i64.add
                          i64.store offset=25580288
                          block
                            block
                              block
                                local.get $out
                                br_table 12 0 1 2
                              end
                              i32.const 0
                              i64.load offset=65704
                              local.set $cause
                              i32.const 0
                              i64.load offset=65712
                              local.set $tval
                              br 12
                            end
                            local.get $pc
                            i32.wrap_i64
                            i32.const 3
                            i32.shl
                            local.get $place
                            i32.add
                            local.tee $entry
                            i32.load16_u offset=4444880
                            i32.const 5
                            i32.ne
                            br_if 8
                            local.get $at
                            i32.const 8
                            i32.shl
                            local.get $entry
                            i32.load16_u offset=4444882
                            local.tee $at
                            i32.add
                            i32.const 4
                            i32.shl
                            i32.const 0x1225028
                            i32.add
                            local.set $entry
                            block
                              local.get $at
                              i32.const 255
                              i32.gt_s
                              br_if 0
                              local.get $entry
                              i32.load16_u offset=4444880
                              i32.eqz
                              br_if 0
                              local.get $left
                              i32.const -1
                              i32.add
                              local.set $left
                              br 8
                            end
                            local.get $pc
                            local.get $left
                            i64.extend_i32_s
                            call $alone
                            i32.wrap_i64
                            local.set $place
                            i32.wrap_i64
                            local.tee $out
                            if
                              local.get $out
                              i32.const 1
                              i32.eq
                              br_if 13
                              i32.const 0
                              local.get $ticks
                              i32.store offset=21238488
                              local.get $out
                              return
                            end
                            br 8
                          end
                          i32.const 0
                          i32.load offset=65656
                          i32.const 2
                          i32.and
                          if
                            local.get $pc
                            local.get $left
                            i64.extend_i32_s
                            call $retire
                            br 12
                          end
                          i32.const 0
                          i64.const 0
                          i64.store offset=65656
                          br 9
                        end
                        local.get $pc
                        i64.const 4
                        i64.add
                        local.set $target
                        local.get $entry
                        i32.load16_u offset=4444884
                        i64.load offset=28442624
                        local.get $entry
                        i32.load16_u offset=4444882
                        i64.load offset=28442624
                        i64.eq
                        if
                          local.get $pc
                          local.get $entry
                          i64.load32_s offset=4444888
                          i64.add
                          local.tee $i64_0
                          i64.const 2
                          i64.and
                          i64.const 0
                          i64.ne
                          i32.const 0
                          i64.load offset=28443688
                          i64.const 0x1000
                          i64.and
                          i64.const 0
                          i64.ne
                          i32.eqz
                          i32.and
                          if
                            i64.const 0
                            local.set $cause
                            local.get $i64_0
                            local.set $tval
                            br 11
                          end
                          local.get $i64_0
                          local.set $target
                        end
                        local.get $target
                        local.get $pc
                        i64.le_u
                        local.get $target
                        local.get $pc
                        i64.xor
                        local.get $target
                        local.set $pc
                        i64.const 12
                        i64.shr_u
                        i64.eqz
                        i32.eqz
                        br_if 8
                        i32.eqz
                        br_if 6
                        local.get $ticks
                        i32.const -1
                        i32.add
                        local.tee $ticks
                        i32.const 0
                        i32.gt_s
                        br_if 6
                        br 8
                      end
                      local.get $entry
                      i32.load16_u offset=4444882
                      i64.load offset=28442624
                      local.get $entry
                      i64.load32_s offset=4444888
                      i64.add
                      local.tee $i64_0
                      i64.const 0xfffffffffffff007
                      i64.and
                      local.get $i64_0
                      i64.const 9
                      i64.shr_u
                      i32.wrap_i64
                      i32.const 0x7f8
                      i32.and
                      local.get $table
                      i32.add
                      local.tee $i32_0
                      i64.load offset=131528
                      i64.eq
                      if
                        local.get $i64_0
                        i32.wrap_i64
                        local.get $i32_0
                        i32.load offset=197064
                        i32.add
                        i64.load offset=28459008
                        local.set $i64_1
                      else
                        local.get $i64_0
                        i64.const 8
                        local.get $pc
                        local.get $left
                        i64.extend_i32_s
                        local.get $place
                        i64.extend_i32_u
                        call $slow_seen_load
                        i32.wrap_i64
                        local.set $place
                        local.set $i64_1
                        local.tee $cause
                        i64.eqz
                        i32.eqz
                        if
                          local.get $i64_1
                          local.set $tval
                          br 10
                        end
                      end
                      local.get $entry
                      i32.load16_u offset=4444884
                      local.get $i64_1
                      i64.store offset=28442624
                      local.get $pc
                      i64.const 4
                      i64.add
                      local.set $pc
                      br 5
                    end
                    local.get $entry
                    i32.load16_u offset=4444884
                    i64.load offset=28442624
                    local.get $entry
                    i64.load32_s offset=4444888
                    i64.add
                    local.set $i64_0
                    local.get $entry
                    i32.load16_u offset=4444882
                    i64.load offset=28442624
                    local.set $i64_1
                    local.get $i64_0
                    i64.const 0xfffffffffffff007
                    i64.and
                    local.get $i64_0
                    i64.const 9
                    i64.shr_u
                    i32.wrap_i64
                    i32.const 0x7f8
                    i32.and
                    local.get $table
                    i32.add
                    local.tee $i32_0
                    i64.load offset=164296
                    i64.eq
                    if
                      local.get $i64_0
                      i32.wrap_i64
                      local.get $i32_0
                      i32.load offset=197064
                      i32.add
                      local.get $i64_1
                      i64.store offset=28459008
                    else
                      local.get $i64_0
                      i64.const 8
                      local.get $i64_1
                      local.get $pc
                      local.get $left
                      i64.extend_i32_s
                      local.get $place
                      i64.extend_i32_u
                      call $slow_seen_store
                      i32.wrap_i64
                      local.set $place
                      local.set $i64_2
                      local.tee $cause
                      i64.eqz
                      i32.eqz
                      if
                        local.get $i64_2
                        local.set $tval
                        br 9
                      end
                    end
                    local.get $pc
                    i64.const 4
                    i64.add
                    local.set $pc
                    br 4
                  end
                  local.get $entry
                  i32.load16_u offset=4444884
                  local.get $entry
                  i32.load16_u offset=4444882
                  i64.load offset=28442624
                  local.get $entry
                  i64.load32_s offset=4444888
                  i64.add
                  i64.store offset=28442624
                  local.get $pc
                  i64.const 4
                  i64.add
                  local.set $pc
                  br 3
                end
                local.get $pc
                i64.const 2
                i64.add
                local.set $target
                local.get $entry
                i32.load16_u offset=4444882
                i64.load offset=28442624
                i64.const 0xfffffffffffffffe
                i64.and
                local.tee $i64_0
                i64.const 2
                i64.and
                i64.const 0
                i64.ne
                i32.const 0
                i64.load offset=28443688
                i64.const 0x1000
                i64.and
                i64.const 0
                i64.ne
                i32.eqz
                i32.and
                if
                  i64.const 0
                  local.set $cause
                  local.get $i64_0
                  local.set $tval
                  br 6
                end
                local.get $i64_0
                local.tee $target
                local.get $pc
                i64.le_u
                local.get $target
                local.get $pc
                i64.xor
                local.get $target
                local.set $pc
                i64.const 12
                i64.shr_u
                i64.eqz
                i32.eqz
                br_if 4
                i32.eqz
                br_if 2
                local.get $ticks
                i32.const -1
                i32.add
                local.tee $ticks
                i32.const 0
                i32.gt_s
                br_if 2
                br 4
              end
              local.get $pc
              local.get $left
              i64.extend_i32_s
              i64.const 1
              i64.add
              call $retire
              local.get $entry
              i64.load16_u offset=4444890
              local.get $entry
              i64.load16_u offset=4444888
              local.get $entry
              i64.load16_u offset=4444884
              i64.const 0
              i64.sub
              i64.const 3
              i64.shr_u
              local.get $pc
              local.get $pc
              i64.const 4
              i64.add
              local.get $entry
              i64.load32_u offset=4444892
              call $insn5
              local.set $target
              i64.extend_i32_u
              local.set $cause
              br 2
            end
          end
        end
        local.get $cause
        i64.eqz
        if
          local.get $target
          local.set $pc
          i32.const 0
          i32.load offset=65656
          i32.const 2
          i32.and
          if
            local.get $pc
            local.get $left
            i64.extend_i32_s
            call $retire
            br 4
          end
          i32.const 0
          i64.const 0
          i64.store offset=65656
          br 1
        end
        i32.const 0
        i64.load offset=28443720
        local.set $cause
        i32.const 0
        i64.load offset=28443728
        local.set $tval
      end
    end
    local.get $cause
    local.get $tval
    local.get $pc
    local.get $left
    i64.extend_i32_s
    call $fault
    i32.wrap_i64
    local.tee $out
    if
      local.get $out
      i32.const 1
      i32.eq
      br_if 1
      i32.const 0
      local.get $ticks
      i32.store offset=21238488
      local.get $out
      return
    end
  end
  unreachable)
